;; check FORBIDDEN_FEATURE
;; A reference to something of the host.
(module
  (memory (export "memory") 1)
  (func (param externref))
  (func (export "invoke")
    nop))
