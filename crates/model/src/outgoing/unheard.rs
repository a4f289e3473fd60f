//! The writer of whoever is told nothing: what is published and fetched for him is answered otherwise.

use super::buffer::Outgoing;
use super::writer::{ClientWriter, DeliveryTarget, Fetched, TargetHead};
use crate::message::{Message, Stored};
use crate::rows::{RowBodies, RowTemplate};

/// See the module's description.
#[derive(Debug, Clone, Copy)]
pub struct Unheard;

impl ClientWriter for Unheard {
    fn pass_on(
        &self,
        _: &mut Outgoing,
        _: &mut TargetHead,
        _: &DeliveryTarget<'_>,
        _: u64,
        _: bool,
        _: &Message<'_>,
    ) -> Option<RowTemplate> {
        None
    }

    fn deliver(
        &self,
        _: &mut Outgoing,
        _: &mut TargetHead,
        _: &DeliveryTarget<'_>,
        _: u64,
        _: bool,
        _: &Stored<'_>,
    ) -> Option<RowTemplate> {
        None
    }

    fn deliver_row(&self, _: &mut Outgoing, _: &TargetHead, _: RowTemplate, _: u64, _: RowBodies<'_>) {}

    fn fetched(&self, _: &mut Outgoing, _: u16, _: u64, _: &Fetched<'_>) {}

    fn fetched_nothing(&self, _: &mut Outgoing, _: u16) {}

    fn returned(&self, _: &mut Outgoing, _: u16, _: &Message<'_>) {}

    fn confirmed(&self, _: &mut Outgoing, _: u16, _: u64, _: bool) {}

    fn refused(&self, _: &mut Outgoing, _: u16, _: u64, _: bool) {}

    fn consuming(&self, _: &mut Outgoing, _: &DeliveryTarget<'_>) {}

    fn cancelled(&self, _: &mut Outgoing, _: &DeliveryTarget<'_>) {}
}
