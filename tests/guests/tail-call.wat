;; check FORBIDDEN_FEATURE
;; A loop without a stack.
(module
  (memory (export "memory") 1)
  (func $again (return_call $again))
  (func (export "invoke")
    (call $again)))
