;; check FORBIDDEN_FEATURE
;; Uses vectors.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (i32x4.splat (i32.const 1)))))
