;; check FLOAT
;; Converts a float in dead code.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    unreachable
    i32.trunc_sat_f64_u
    drop))
