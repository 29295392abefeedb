;; check FORBIDDEN_FEATURE
;; An atomic instruction.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (i32.atomic.load (i32.const 0)))))
