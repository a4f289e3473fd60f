//! Counters of queues and channels as the API shows them, with their rates.

use std::sync::atomic::Ordering::Relaxed;

use warren_api::stats::{MessageStats, Rate};
use warren_broker::connections::ChannelCounters;
use warren_broker::queues::QueueStats;

use crate::metrics::rates::{CHANNEL, QUEUE};

/// A rate as the API writes it.
pub fn rate(rate: f64) -> Option<Rate> {
    Some(Rate { rate })
}

/// What happened to a queue; nothing while nothing did.
pub fn of_queue(stats: &QueueStats, rates: &[f64; QUEUE]) -> Option<MessageStats> {
    let deliver_get = stats.deliver + stats.deliver_no_ack + stats.get + stats.get_no_ack;
    if stats.publish + deliver_get + stats.get_empty + stats.ack + stats.redeliver == 0 {
        return None;
    }
    let [.., publish, deliver, deliver_no_ack, get, get_no_ack, get_empty, redeliver, ack] = *rates;
    Some(MessageStats {
        publish: Some(stats.publish),
        publish_details: rate(publish),
        deliver: Some(stats.deliver),
        deliver_details: rate(deliver),
        deliver_no_ack: Some(stats.deliver_no_ack),
        deliver_no_ack_details: rate(deliver_no_ack),
        get: Some(stats.get),
        get_details: rate(get),
        get_no_ack: Some(stats.get_no_ack),
        get_no_ack_details: rate(get_no_ack),
        get_empty: Some(stats.get_empty),
        get_empty_details: rate(get_empty),
        redeliver: Some(stats.redeliver),
        redeliver_details: rate(redeliver),
        ack: Some(stats.ack),
        ack_details: rate(ack),
        deliver_get: Some(deliver_get),
        deliver_get_details: rate(deliver + deliver_no_ack + get + get_no_ack),
        dedup: Some(stats.duplicates).filter(|count| *count > 0),
        ..MessageStats::default()
    })
}

/// What happened on a channel; nothing while nothing did.
pub fn of_channel(counters: &ChannelCounters, rates: &[f64; CHANNEL]) -> Option<MessageStats> {
    let [publish, confirm, returned, ack] =
        [&counters.publish, &counters.confirm, &counters.return_unroutable, &counters.ack]
            .map(|counter| counter.load(Relaxed));
    if publish + confirm + returned + ack == 0 {
        return None;
    }
    let [publish_rate, confirm_rate, returned_rate, ack_rate] = *rates;
    Some(MessageStats {
        publish: Some(publish),
        publish_details: rate(publish_rate),
        confirm: Some(confirm),
        confirm_details: rate(confirm_rate),
        return_unroutable: Some(returned),
        return_unroutable_details: rate(returned_rate),
        ack: Some(ack),
        ack_details: rate(ack_rate),
        ..MessageStats::default()
    })
}

/// Adds the counters of one thing to those of many.
pub fn add(total: &mut MessageStats, one: &MessageStats) {
    let counters = [
        (&mut total.publish, one.publish),
        (&mut total.confirm, one.confirm),
        (&mut total.deliver, one.deliver),
        (&mut total.deliver_no_ack, one.deliver_no_ack),
        (&mut total.get, one.get),
        (&mut total.get_no_ack, one.get_no_ack),
        (&mut total.get_empty, one.get_empty),
        (&mut total.deliver_get, one.deliver_get),
        (&mut total.redeliver, one.redeliver),
        (&mut total.ack, one.ack),
        (&mut total.return_unroutable, one.return_unroutable),
    ];
    for (total, one) in counters {
        if let Some(one) = one {
            *total = Some(total.unwrap_or(0) + one);
        }
    }
    let rates = [
        (&mut total.publish_details, one.publish_details),
        (&mut total.confirm_details, one.confirm_details),
        (&mut total.deliver_details, one.deliver_details),
        (&mut total.deliver_no_ack_details, one.deliver_no_ack_details),
        (&mut total.get_details, one.get_details),
        (&mut total.get_no_ack_details, one.get_no_ack_details),
        (&mut total.get_empty_details, one.get_empty_details),
        (&mut total.deliver_get_details, one.deliver_get_details),
        (&mut total.redeliver_details, one.redeliver_details),
        (&mut total.ack_details, one.ack_details),
        (&mut total.return_unroutable_details, one.return_unroutable_details),
    ];
    for (total, one) in rates {
        if let Some(one) = one {
            total.get_or_insert_default().rate += one.rate;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_counts_its_four_ways_out_together() {
        assert_eq!(of_queue(&QueueStats::default(), &[0.0; QUEUE]), None);
        let stats = QueueStats {
            publish: 9,
            deliver: 1,
            deliver_no_ack: 2,
            get: 3,
            get_no_ack: 4,
            ..QueueStats::default()
        };
        let rates = [0.0, 0.0, 0.0, 9.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.5];
        let shown = of_queue(&stats, &rates).unwrap();
        assert_eq!((shown.publish, shown.deliver_get), (Some(9), Some(10)));
        assert_eq!(shown.deliver_get_details, rate(10.0));
        assert_eq!((shown.publish_details, shown.ack_details), (rate(9.0), rate(0.5)));
        let mut total = MessageStats::default();
        add(&mut total, &shown);
        add(&mut total, &shown);
        assert_eq!((total.publish, total.confirm), (Some(18), None));
        assert_eq!(total.deliver_get_details, rate(20.0));
    }
}
