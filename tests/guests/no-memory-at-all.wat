;; check MISSING_EXPORT
;; Has no memory.
(module
  (func (export "invoke")
    nop))
