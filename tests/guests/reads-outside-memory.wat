;; run GUEST_TRAPPED
;; A load behind the end of the memory.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (i32.load (i32.const -4)))))
