-- What wrk sends in the story `large`: POST, a body of 1 MiB.
wrk.method = "POST"
wrk.body = string.rep("x", 1024 * 1024)
