//! The Parquet table of a batch, read back.

use std::path::Path;
use std::process::Command;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

#[test]
fn the_parquet_table_holds_the_rows_of_the_other_one() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("batch-parquet");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(dir.join("in")).unwrap();
    for n in 0..3 {
        let text = format!(
            "ECQ 1: Leading Change\n\nIn 2019 I designed a new schedule for {n} districts.\n"
        );
        std::fs::write(dir.join(format!("in/{n}.txt")), text).unwrap();
    }
    std::fs::write(dir.join("in/empty.txt"), "").unwrap();
    let args = ["batch", "in", "-q", "--marking", "CUI", "-o"];
    let bytes = ["one", "two"].map(|out| {
        let output = Command::new(env!("CARGO_BIN_EXE_ecq"))
            .args(args)
            .arg(out)
            .current_dir(&dir)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        std::fs::read(dir.join(out).join("coverage.parquet")).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
    let table = std::fs::read(dir.join("one/coverage.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(&table[..]);
    let names: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    let expected: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let file = std::fs::File::open(dir.join("one/coverage.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let fields: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema()
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    assert_eq!(fields, names);
    let found: Vec<_> = reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!((found.len(), expected.len()), (84, 84));
    let at = |name: &str| names.iter().position(|column| column == name).unwrap();
    for (row, expected) in found.iter().zip(&expected) {
        for name in ["id", "competency", "level", "marking"] {
            assert_eq!(row.get_string(at(name)).unwrap(), &expected[at(name)]);
        }
        let p: f64 = expected[at("probability")].parse().unwrap();
        assert!((row.get_double(at("probability")).unwrap() - p).abs() < 1e-12);
        assert_eq!(
            row.get_long(at("passages")).unwrap().to_string(),
            expected[at("passages")]
        );
    }
}
