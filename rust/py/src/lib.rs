//! `logagent._core`: the list of what crosses between Rust and Python, and nothing else.

mod arguments;
mod columns;
mod describe;
mod diagnose;
mod engine;
mod enter;
mod errors;
mod explain;
mod fd;
mod filter;
mod formats;
mod generator;
mod job;
mod mine;
mod model;
mod parse;
mod path_groups;
mod plan;
mod replay;
mod rows;
mod scan;
mod scanner;
mod snapshot;
mod surroundings;

use pyo3::prelude::*;

/// The native half of logagent.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::arguments::Arguments;
    #[pymodule_export]
    use crate::arguments::parse_arguments;
    #[pymodule_export]
    use crate::diagnose::Diagnose;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::filter::Filter;
    #[pymodule_export]
    use crate::formats::formats;
    #[pymodule_export]
    use crate::generator::Generator;
    #[pymodule_export]
    use crate::mine::Mine;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::parse::Parse;
    #[pymodule_export]
    use crate::path_groups::path_groups;
    #[pymodule_export]
    use crate::plan::Plan;
    #[pymodule_export]
    use crate::replay::Replay;
    #[pymodule_export]
    use crate::scan::Scan;
    #[pymodule_export]
    use crate::scanner::Scanner;
    #[pymodule_export]
    use crate::snapshot::Snapshot;

    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
