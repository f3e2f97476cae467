-- For wrk: posts the JSON in the environment variable BODY, and prints the result as one JSON object.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = os.getenv("BODY")

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('RESULT {"requests": %d, "errors": %d, "p99_us": %d}\n', summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(99)))
end
