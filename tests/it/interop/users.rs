//! The property `user_id`, which names who published.

use lapin::{BasicProperties, Confirmation};

use super::client::{User, confirming, declare, publish_with, refusal, run};
use crate::harness::Broker;

#[test]
fn a_message_names_the_user_who_published_it_or_nobody() {
    let broker = Broker::start();
    let (user, impersonator) = (User::new(&broker, ""), User::new(&broker, "impersonator"));
    run(async {
        let connection = user.connect().await.unwrap();
        let channel = confirming(&connection).await;
        declare(&channel, "q", &[]).await.unwrap();
        let named = |name: &str| BasicProperties::default().with_user_id(name.into());
        let own = publish_with(&channel, "", "q", "x", named(&user.name)).await;
        assert_eq!(own.unwrap(), Confirmation::Ack(None));
        let text = format!(
            "PRECONDITION_FAILED - user_id property set to 'guest' but authenticated user was '{}'",
            user.name
        );
        assert_eq!(refusal(publish_with(&channel, "", "q", "x", named("guest")).await), (406, text));
        // Who has the tag for it may speak for others.
        let connection = impersonator.connect().await.unwrap();
        let channel = confirming(&connection).await;
        let others = publish_with(&channel, "", "q", "x", named("guest")).await;
        assert_eq!(others.unwrap(), Confirmation::Ack(None));
        for name in [&user.name, "guest"] {
            let options = lapin::options::BasicGetOptions { no_ack: true };
            let got = channel.basic_get("q".into(), options).await.unwrap().expect("a message");
            assert_eq!(got.properties.user_id().as_ref().map(|id| id.as_str()), Some(name));
        }
    });
}
