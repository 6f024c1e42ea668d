//! `Plan`: a compiled configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use logagent_core::category::Groups;
use logagent_core::explain;
use logagent_core::metric::row::{RowError, merge_states};
use logagent_core::metric::{Metric, SeriesRow};
use logagent_core::plan::{Plan as CorePlan, Source};
use logagent_core::spec;
use logagent_core::template::path_group_regex;
use logagent_engine::expand;
use logagent_engine::jobs::learn_groups;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};

use crate::columns::columns;
use crate::describe::{describe, describe_spec};
use crate::enter::without_gil;
use crate::errors;
use crate::explain::explanation_dict;
use crate::job::current_year;
use crate::surroundings::Process;

/// A compiled configuration: immutable, shared by every thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Plan {
    pub(crate) core: Arc<CorePlan>,
    files: Vec<String>,
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
impl Plan {
    #[staticmethod]
    #[pyo3(signature = (text, *, origin))]
    fn from_toml(py: Python<'_>, text: &str, origin: &str) -> PyResult<Plan> {
        let process = Process::default();
        match CorePlan::read(text, origin, &process) {
            Ok(core) => Ok(Plan { core: Arc::new(core), files: process.asked() }),
            Err(problems) => Err(errors::config(py, &problems)),
        }
    }

    /// What can be read of a configuration, though it be wrong.
    #[staticmethod]
    #[pyo3(signature = (text, *, origin))]
    fn outline<'py>(py: Python<'py>, text: &str, origin: &str) -> PyResult<Bound<'py, PyDict>> {
        let (spec, _) = spec::read(text, origin, &Process::default());
        describe_spec(py, &spec)
    }

    #[pyo3(signature = (line, *, source = 0))]
    fn explain<'py>(&self, py: Python<'py>, line: &[u8], source: usize) -> PyResult<Bound<'py, PyDict>> {
        let format = &self.source(source)?.format;
        let explanation = explain::explain(format, line, current_year()).map_err(errors::value)?;
        let judgement = explain::judge(&self.core, format, line, current_year()).map_err(errors::value)?;
        explanation_dict(py, &explanation, judgement.as_ref(), line)
    }

    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        describe(py, &self.core)
    }

    #[pyo3(signature = (inputs, *, source = 0))]
    fn learn(&self, py: Python<'_>, inputs: Vec<OsString>, source: usize) -> PyResult<Plan> {
        self.source(source)?;
        let groups = without_gil(py, || learn_groups(&self.core, source, &expand(&inputs).0, current_year()));
        self.with_groups(py, groups)
    }

    fn with_groups(&self, py: Python<'_>, groups: Groups) -> PyResult<Plan> {
        let core = self.core.with_groups(&groups).map_err(|problems| errors::config(py, &problems))?;
        Ok(Plan { core: Arc::new(core), files: self.files.clone() })
    }

    fn groups(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let ruled = |group: String| {
            let regex = path_group_regex(&group);
            (group, regex)
        };
        let groups = self.core.groups().into_iter();
        groups.map(|(name, groups)| (name, groups.into_iter().map(ruled).collect())).collect()
    }

    fn files(&self) -> Vec<String> {
        self.files.clone()
    }

    fn merge_states<'py>(
        &self,
        py: Python<'py>,
        metric: usize,
        states: Vec<PyBackedBytes>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let metric = self.metric(metric)?;
        let merged = without_gil(py, || merge_states(metric, states.iter().map(|state| &**state)));
        Ok(PyBytes::new(py, &merged.map_err(errors::value)?))
    }

    fn columns<'py>(
        &self,
        py: Python<'py>,
        metric: usize,
        rows: Vec<(PyBackedBytes, PyBackedBytes)>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let metric = self.metric(metric)?;
        let table = without_gil(py, || {
            let (mut table, mut room) = (metric.bare_table(usize::MAX), usize::MAX);
            for (labels, state) in &rows {
                SeriesRow::decode(labels, state)?.add_to(metric, &mut table, &mut room)?;
            }
            Ok(table)
        });
        columns(py, metric, &table.map_err(|error: RowError| errors::value(error))?)
    }

    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        errors::problems(py, &self.core.warnings)
    }
}

impl Plan {
    /// The source of this number, in the order of the configuration.
    pub(crate) fn source(&self, number: usize) -> PyResult<&Source> {
        let source = self.core.sources.get(number);
        source.ok_or_else(|| PyIndexError::new_err(format!("the plan has no source {number}")))
    }

    /// The metric of this number, in the order of the configuration.
    pub(crate) fn metric(&self, number: usize) -> PyResult<&Metric> {
        let metric = self.core.metrics.get(number);
        metric.ok_or_else(|| PyIndexError::new_err(format!("the plan has no metric {number}")))
    }
}
