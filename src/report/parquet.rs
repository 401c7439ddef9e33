//! Coverage of many packets as an Apache Parquet file: the rows of `coverage.csv`, with types.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::report::Report;
use crate::report::tables::{COVERAGE, Value, coverage};

/// Rows that are written together: memory holds no more of them.
const ROWS_AT_A_TIME: usize = 28 * 256;

/// A table of coverage that takes its packets one by one. Text stands as it is: nothing reads it as a formula.
pub struct CoverageParquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Vec<Vec<Value>>,
}

impl<W: Write + Send> std::fmt::Debug for CoverageParquet<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoverageParquet").finish_non_exhaustive()
    }
}

impl<W: Write + Send> CoverageParquet<W> {
    /// Begins a table in a file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W) -> io::Result<Self> {
        let fields = columns().map(|(name, physical)| {
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(
                    (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String),
                )
                .build()
                .map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(io_error)?;
        let schema = Type::group_type_builder("coverage")
            .with_fields(fields)
            .build();
        let schema = Arc::new(schema.map_err(io_error)?);
        let properties = WriterProperties::builder()
            .set_created_by(format!("ecq {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(io_error)?,
            rows: Vec::new(),
        })
    }

    /// Adds the rows of one packet, one for each competency; `id` tells packets apart whose files have one name.
    ///
    /// # Errors
    /// Those of the file.
    pub fn add(&mut self, id: &str, report: &Report) -> io::Result<()> {
        let marking = report.marking.clone().map_or(Value::Empty, Value::Text);
        for row in coverage(report) {
            let mut values = vec![Value::Text(id.to_owned())];
            values.extend(row);
            values.push(marking.clone());
            self.rows.push(values);
        }
        if self.rows.len() >= ROWS_AT_A_TIME {
            self.write_rows().map_err(io_error)?;
        }
        Ok(())
    }

    /// Ends the table and gives the file back.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_rows().map_err(io_error)?;
        self.writer.into_inner().map_err(io_error)
    }

    fn write_rows(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (idx, (_, physical)) in columns().enumerate() {
            let values = rows.iter().map(|row| &row[idx]);
            let levels: Vec<i16> = values
                .clone()
                .map(|value| i16::from(*value != Value::Empty))
                .collect();
            let levels = Some(levels.as_slice());
            let Some(mut column) = group.next_column()? else {
                break;
            };
            match physical {
                Physical::DOUBLE => {
                    let numbers: Vec<f64> = values.filter_map(probability).collect();
                    column
                        .typed::<DoubleType>()
                        .write_batch(&numbers, levels, None)?;
                }
                Physical::INT64 => {
                    let numbers: Vec<i64> = values.filter_map(count).collect();
                    column
                        .typed::<Int64Type>()
                        .write_batch(&numbers, levels, None)?;
                }
                _ => {
                    let texts: Vec<ByteArray> = values.filter_map(text).collect();
                    column
                        .typed::<ByteArrayType>()
                        .write_batch(&texts, levels, None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}

/// The columns with their types: an id, those of coverage, the marking.
fn columns() -> impl Iterator<Item = (&'static str, Physical)> {
    let own = COVERAGE.iter().map(|(name, _)| match *name {
        "probability" => (*name, Physical::DOUBLE),
        "passages" | "best_page" | "best_paragraph" => (*name, Physical::INT64),
        name => (name, Physical::BYTE_ARRAY),
    });
    std::iter::once(("id", Physical::BYTE_ARRAY))
        .chain(own)
        .chain(std::iter::once(("marking", Physical::BYTE_ARRAY)))
}

fn probability(value: &Value) -> Option<f64> {
    match value {
        Value::Probability(p) => Some(*p),
        _ => None,
    }
}

fn count(value: &Value) -> Option<i64> {
    match value {
        Value::Count(n) => i64::try_from(*n).ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<ByteArray> {
    match value {
        Value::Text(words) => Some(ByteArray::from(words.as_str())),
        _ => None,
    }
}

fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}
