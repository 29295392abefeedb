//! The root of a product that has more than 128 bits.

/// floor(sqrt(one * other)).
pub(super) fn floor_sqrt_of_product(one: u128, other: u128) -> u128 {
    let wide = |a: u128, b: u128| {
        let (low, high) = a.carrying_mul(b, 0);
        (high, low)
    };
    let product = wide(one, other);
    let mut root = 0_u128;
    for bit in (0..u128::BITS).rev() {
        let candidate = root | 1 << bit;
        if wide(candidate, candidate) <= product {
            root = candidate;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::floor_sqrt_of_product;

    #[test]
    fn roots_of_small_and_large_products() {
        for (one, other, root) in [(0, 5, 0), (1, 1, 1), (2, 4, 2), (3, 3, 3), (5, 7, 5), (6, 6, 6)] {
            assert_eq!(floor_sqrt_of_product(one, other), root);
        }
        let large = (1_u128 << 120) + 12_345;
        assert_eq!(floor_sqrt_of_product(large, large), large);
        assert_eq!(floor_sqrt_of_product(large, large - 1), large - 1);
        assert_eq!(floor_sqrt_of_product(u128::MAX, u128::MAX), u128::MAX);
    }
}
