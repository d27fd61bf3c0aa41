//! Signals that arrive while a read waits with the interpreter released.

use pyo3::prelude::*;
use std::cell::RefCell;

thread_local! {
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Run Python's signal handlers; say whether one raised, and keep what it raised for [`take`].
pub(crate) fn raised() -> bool {
    let raised = Python::attach(|py| py.check_signals().err());
    let has_raised = raised.is_some();
    if has_raised {
        RAISED.set(raised);
    }
    has_raised
}

/// Take what a handler raised.
pub(crate) fn take() -> Option<PyErr> {
    RAISED.take()
}
