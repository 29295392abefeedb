;; run STACK_OVERFLOW
;; Calls itself for ever.
(module
  (memory (export "memory") 1)
  (func $again (param i64) (call $again (i64.add (local.get 0) (i64.const 1))))
  (func (export "invoke")
    (call $again (i64.const 0))))
