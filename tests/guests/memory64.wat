;; check FORBIDDEN_FEATURE
;; A memory with 64-bit addresses.
(module
  (memory (export "memory") i64 1)
  (func (export "invoke")
    nop))
