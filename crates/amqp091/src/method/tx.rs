//! Class 90, `tx`: transactions.

use super::class::class;
use crate::constants::CLASS_TX;

class! {
    Tx, CLASS_TX, 'a, Method;

    /// Client: publishes and acknowledgements of the channel wait for a commit from now on.
    10 "tx.select" Select {}

    /// Server: they do.
    11 "tx.select-ok" SelectOk {}

    /// Client: carries out what has gathered.
    20 "tx.commit" Commit {}

    /// Server: it is carried out.
    21 "tx.commit-ok" CommitOk {}

    /// Client: forgets what has gathered.
    30 "tx.rollback" Rollback {}

    /// Server: it is forgotten.
    31 "tx.rollback-ok" RollbackOk {}
}
