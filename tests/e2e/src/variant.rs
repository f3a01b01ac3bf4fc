//! Makes other versions of a compiled connector without another build.

use anyhow::{Context as _, bail};

/// The beginning of the place for orders in the connector `hostile`, and its size; the same as in its `orders.rs`.
const MARK: &[u8] = b"orders of the hostile connector:";
const SIZE: usize = 512;

/// The connector `hostile` with orders such as `version=0.2.0 hosts=https://a.example describe=trap`; its `orders.rs` lists them. An
/// unknown order, such as `number=17`, makes a file with another digest and the same behaviour.
///
/// # Errors
/// The bytes are not those of `hostile`, or the orders are too long.
pub fn variant(component: &[u8], orders: &str) -> anyhow::Result<Vec<u8>> {
    let at = component
        .windows(MARK.len())
        .position(|window| window == MARK)
        .context("the component has no place for orders: it is not `hostile`")?;
    if orders.len() > SIZE - MARK.len() {
        bail!("the orders take {} bytes", orders.len());
    }
    let mut variant = component.to_vec();
    let place = variant
        .get_mut(at + MARK.len()..at + SIZE)
        .context("the place for orders is cut off")?;
    place.fill(b' ');
    for (byte, order) in place.iter_mut().zip(orders.bytes()) {
        *byte = order;
    }
    Ok(variant)
}

/// Any component with a custom section appended, which changes only its digest.
pub fn marked(component: &[u8], mark: &str) -> Vec<u8> {
    let mut content = Vec::new();
    leb128(&mut content, 4);
    content.extend_from_slice(b"mark");
    content.extend_from_slice(mark.as_bytes());
    let mut marked = component.to_vec();
    marked.push(0);
    leb128(&mut marked, content.len());
    marked.extend_from_slice(&content);
    marked
}

fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
