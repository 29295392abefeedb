;; run NOT_COMPLETED
;; Grows its table too far: the growth is refused, nothing else happens.
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "invoke")
    (if (i32.ne (table.grow $t (ref.null func) (i32.const 100000)) (i32.const -1)) (then unreachable))))
