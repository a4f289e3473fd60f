//! Provisional.
use crate::bindings::*;
use crate::error::Error;
use std::sync::Arc;
use warren_protocol::value::FieldTable;
/// r
pub trait Router: Send + Sync {
    /// b
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error>;
    /// u
    fn unbind(&mut self, binding: &Arc<Binding>);
    /// r
    fn route(
        &self,
        routing_key: &str,
        headers: &dyn Fn() -> Option<FieldTable>,
        found: &mut Vec<Destination>,
    );
    /// k
    fn by_key_alone(&self) -> bool;
}
struct Direct(Vec<Arc<Binding>>, bool);
impl Router for Direct {
    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.0.push(binding.clone());
        Ok(())
    }
    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.0.retain(|b| b != binding)
    }
    fn route(&self, key: &str, _: &dyn Fn() -> Option<FieldTable>, found: &mut Vec<Destination>) {
        found
            .extend(self.0.iter().filter(|b| self.1 || &*b.routing_key == key).map(|b| b.destination.clone()))
    }
    fn by_key_alone(&self) -> bool {
        true
    }
}
/// x
pub fn router(kind: &str) -> Option<Box<dyn Router>> {
    Some(Box::new(Direct(vec![], kind == "fanout")))
}
