;; run GUEST_TRAPPED
;; How a Rust contract panics.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    unreachable))
