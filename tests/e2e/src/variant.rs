//! Other versions of a compiled connector without another build.

use anyhow::{Context as _, bail};

/// How the place for the orders begins in the connector `hostile`, and its bytes; the same as in its `orders.rs`.
const MARK: &[u8] = b"orders of the hostile connector:";
const SIZE: usize = 512;

/// The connector `hostile` with orders, `version=0.2.0 hosts=https://a.example describe=trap`; its `orders.rs` lists them. Orders that it
/// does not know make another file (another digest) of the same behaviour: `number=17`.
///
/// # Errors
/// The bytes are another connector's, or the orders are too long.
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

/// Any component with a custom section appended that changes its digest and nothing else.
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
