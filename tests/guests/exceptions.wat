;; check FORBIDDEN_FEATURE
;; Throws.
(module
  (memory (export "memory") 1)
  (tag $t)
  (func (export "invoke")
    (throw $t)))
