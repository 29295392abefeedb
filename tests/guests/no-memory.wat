;; check MISSING_EXPORT
;; Keeps its memory to itself.
(module
  (memory 1)
  (func (export "invoke")
    nop))
