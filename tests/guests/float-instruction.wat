;; check FLOAT
;; Computes with f64.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (f64.add (f64.const 1) (f64.const 2)))))
