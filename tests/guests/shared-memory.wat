;; check FORBIDDEN_FEATURE
;; A memory that threads could share.
(module
  (memory (export "memory") 1 2 shared)
  (func (export "invoke")
    nop))
