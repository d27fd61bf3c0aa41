//! A record batch that any Arrow library takes over without a copy.

use crate::native_error;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::Schema;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::CStr;

// The names that the interface prescribes (Arrow PyCapsule Interface, "PyCapsule standard").
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// Rows in columns, for any library that speaks Arrow's `PyCapsule` interface.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct ArrowBatch {
    batch: RecordBatch,
}

impl From<RecordBatch> for ArrowBatch {
    fn from(batch: RecordBatch) -> Self {
        Self { batch }
    }
}

#[pymethods]
impl ArrowBatch {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema: &Schema = self.batch.schema_ref();
        PyCapsule::new_with_value(py, FFI_ArrowSchema::try_from(schema).map_err(native_error)?, SCHEMA)
    }

    /// The schema asked for is a wish (same document, "Schema requests"): who asks casts what he is given.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let columns = FFI_ArrowArray::new(&StructArray::from(self.batch.clone()).to_data());
        Ok((self.__arrow_c_schema__(py)?, PyCapsule::new_with_value(py, columns, ARRAY)?))
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }
}
