;; check INVALID_MODULE
;; Adds what is not there.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    i32.add))
