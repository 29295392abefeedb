;; check MISSING_EXPORT
;; Has nothing to run.
(module
  (memory (export "memory") 1)
  (func (export "main")))
