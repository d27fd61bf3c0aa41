//! The Python module `scanwarden._core._native`: conversions between Python objects and the Rust core, nothing else.

/// The Rust core of scanwarden.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
