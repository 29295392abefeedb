//! Data and element segments: they are copied when an instance is made, and that must not fail.

use wasmparser::types::TypesRef;
use wasmparser::{ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader, Operator};

use super::{CheckError, limit};
use crate::limits;

/// Checks that the active data segments lie within the memory's first `memory_bytes`.
pub(super) fn check_data(data: DataSectionReader<'_>, memory_bytes: u64) -> Result<(), CheckError> {
    limit("data segments", data.count().into(), limits::DATA_SEGMENTS_MAX.into())?;
    for segment in data {
        let segment = segment?;
        if let DataKind::Active { offset_expr, .. } = segment.kind {
            check_place(&offset_expr, segment.data.len() as u64, memory_bytes, segment.range.start)?;
        }
    }
    Ok(())
}

/// Checks that the active element segments lie within their table's first size.
pub(super) fn check_elements(elements: ElementSectionReader<'_>, types: TypesRef<'_>) -> Result<(), CheckError> {
    for element in elements {
        let element = element?;
        let count = match element.items {
            ElementItems::Functions(functions) => functions.count(),
            ElementItems::Expressions(_, expressions) => expressions.count(),
        };
        if let ElementKind::Active { table_index, offset_expr } = element.kind {
            let size = types.table_at(table_index.unwrap_or(0)).initial;
            check_place(&offset_expr, count.into(), size, element.range.start)?;
        }
    }
    Ok(())
}

fn check_place(place: &ConstExpr<'_>, length: u64, size: u64, offset: usize) -> Result<(), CheckError> {
    let mut operators = place.get_operators_reader();
    let (Operator::I32Const { value }, Operator::End) = (operators.read()?, operators.read()?) else {
        return Err(CheckError::Segment { offset, message: "its place is not a constant" });
    };
    if u64::from(value.cast_unsigned()) + length > size {
        return Err(CheckError::Segment { offset, message: "it does not fit" });
    }
    Ok(())
}
