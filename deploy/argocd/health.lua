-- The health of a TrussModel as Argo CD shows it: a script for `resource.customizations.health` in its ConfigMap
-- argocd-cm (docs/reference/status.md says how). It reads what `kubectl wait` and kstatus read, and agrees with them.
local status = obj.status or {}
local said = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" or condition.type == "Ready" then
    said[condition.type] = condition
  end
end

if obj.metadata.deletionTimestamp then
  return {status = "Progressing", message = "It is being deleted."}
end
if status.observedGeneration ~= obj.metadata.generation or not said.Ready then
  return {status = "Progressing", message = "The operator has not yet seen this version of it."}
end
local message = said.Ready.reason .. ": " .. said.Ready.message
if said.Ready.status == "True" then
  return {status = "Healthy", message = message}
end
if said.Stalled and said.Stalled.reason == "Paused" then
  return {status = "Suspended", message = message}
end
if said.Stalled then
  return {status = "Degraded", message = message}
end
return {status = "Progressing", message = message}
