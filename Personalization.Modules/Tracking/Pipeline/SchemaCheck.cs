using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Schemas;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Validates what an event carries (<see cref="TrackedEvent.Payload"/>) against the newest schema of its event. What carries nothing, or
/// something that is no object, is validated as <c>{}</c>. A valid event costs no allocation.
/// </summary>
internal sealed class SchemaCheck(SchemaRegistry registry, SchemaMetrics metrics) : IEventCheck
{
    private static readonly byte[] NoPayload = "{}"u8.ToArray();

    public CheckResult Check(TrackedEvent trackedEvent, out EventFault fault)
    {
        fault = default;
        if (registry.Current.Find(trackedEvent) is not { Mode: not SchemaMode.Allow } registered)
        {
            return CheckResult.Pass;
        }

        var slice = trackedEvent.Payload;
        var payload = slice.IsEmpty ? NoPayload.AsMemory() : trackedEvent.Batch.Buffer.AsMemory(slice.Start, slice.Length);
        if (registered.Schema.IsValid(payload))
        {
            return CheckResult.Pass;
        }

        // The tree, which can tell why, has the last word: what it finds no fault with is valid.
        var faults = registered.Schema.Validate(payload);
        if (faults.Count == 0)
        {
            return CheckResult.Pass;
        }

        fault = Describe(registered, trackedEvent.Type, faults);
        if (registered.Mode == SchemaMode.Enforce)
        {
            return CheckResult.Refuse;
        }

        metrics.Warned(registered.Subject.Name);
        return CheckResult.Warn;
    }

    private static EventFault Describe(RegisteredSchema registered, EventType type, IReadOnlyList<SchemaFault> faults)
    {
        var first = faults[0];
        var more = faults.Count == 1 ? "" : $" ({faults.Count - 1} more)";
        var field = type is EventType.Identify or EventType.Group ? "/traits" : "/properties";
        return new EventFault($"Schema {registered.Subject.Name} version {registered.Version}: {first.Message}{more}", field + first.InstancePointer);
    }
}
