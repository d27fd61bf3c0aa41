//! The Python module `scanwarden._core._native`: conversions between Python objects and the Rust core, nothing else.

use pyo3::prelude::*;

/// The Rust core of scanwarden.
#[pymodule]
mod _native {
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
