using System.Text;
using System.Text.Json;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Checkpoints;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.Definitions;

/// <summary>
/// A kind of definitions that keeps, as state, which changes came between which events: a replay must come to the same. A definition is an
/// object with a number <c>size</c> that is not negative and a text <c>colour</c>; with <c>"breaks": true</c> taking it fails.
/// </summary>
internal sealed class ToyDefinitions : IDefinitionHandler, IEventStage, ICheckpointed
{
    private readonly Lock _lock = new();
    private readonly List<string> _trace = [];

    public string Kind => "toy";

    public string FileName => "testtoys";

    public int Version => 1;

    public string Trace
    {
        get
        {
            lock (_lock)
            {
                return string.Join(' ', _trace);
            }
        }
    }

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return [new DefinitionFault("", "A toy is an object.")];
        }

        var faults = new List<DefinitionFault>();
        if (!body.TryGetProperty("size", out var size) || size.ValueKind != JsonValueKind.Number || size.GetDouble() < 0)
        {
            faults.Add(new DefinitionFault("/size", "A toy has a size from 0."));
        }

        if (!body.TryGetProperty("colour", out var colour) || colour.ValueKind != JsonValueKind.String)
        {
            faults.Add(new DefinitionFault("/colour", "A toy has a colour."));
        }

        return faults;
    }

    public void Apply(DefinitionChange change)
    {
        if (change.Body.ValueKind == JsonValueKind.Object && change.Body.TryGetProperty("breaks", out _))
        {
            throw new InvalidOperationException("A bug that this toy brings out.");
        }

        Write($"{change.Action}:{change.Id}:{change.Version}@{change.Offset}");
    }

    public void Apply(TrackedEvent trackedEvent) => Write($"e{trackedEvent.Offset}");

    public void Merge(int fromProfileId, int intoProfileId)
    {
    }

    public void Forget(int profileId)
    {
    }

    public void Load(CheckpointReader reader) => reader.Visit(1, (_, value) => Write(Encoding.UTF8.GetString(value)));

    public void Collect(CheckpointWriter writer) => writer.Put(1, 0, Encoding.UTF8.GetBytes(Trace));

    private void Write(string line)
    {
        lock (_lock)
        {
            _trace.Add(line);
        }
    }
}
