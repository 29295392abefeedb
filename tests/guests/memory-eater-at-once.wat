;; run MEMORY_LIMIT
;; Asks for 4 GiB in one step.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (memory.grow (i32.const 65535)))))
