;; run GUEST_TRAPPED
;; An indirect call of an empty element.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (type $t (func))
  (func (export "invoke")
    (call_indirect (type $t) (i32.const 0))))
