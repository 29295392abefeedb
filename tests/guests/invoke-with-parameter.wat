;; check MISSING_EXPORT
;; Another type of invoke.
(module
  (memory (export "memory") 1)
  (func (export "invoke") (param i32)))
