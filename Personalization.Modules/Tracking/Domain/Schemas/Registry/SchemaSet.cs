using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>All schemas that apply at one moment. Immutable; found without allocating.</summary>
internal sealed class SchemaSet
{
    private static readonly int Types = (int)Enum.GetValues<EventType>().Max() + 1;
    private static readonly int Kinds = (int)Enum.GetValues<EventKind>().Max() + 1;

    private readonly RegisteredSchema?[] _byType = new RegisteredSchema?[Types];
    private readonly RegisteredSchema?[] _byKind = new RegisteredSchema?[Kinds];
    private readonly Utf8Table<RegisteredSchema> _byName;

    public SchemaSet(IReadOnlyCollection<RegisteredSchema> schemas)
    {
        All = [.. schemas.OrderBy(schema => schema.Subject.Name, StringComparer.Ordinal)];
        foreach (var schema in schemas)
        {
            if (schema.Subject.Type != EventType.Track)
            {
                _byType[(int)schema.Subject.Type] = schema;
            }
            else if (schema.Subject.Kind != EventKind.Other)
            {
                _byKind[(int)schema.Subject.Kind] = schema;
            }
        }

        _byName = new Utf8Table<RegisteredSchema>([.. schemas
            .Where(schema => schema.Subject is { Type: EventType.Track, Kind: EventKind.Other })
            .Select(schema => KeyValuePair.Create(schema.Subject.Name, schema))]);
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<RegisteredSchema> All { get; }

    /// <summary>Null when the event has no schema.</summary>
    public RegisteredSchema? Find(TrackedEvent trackedEvent)
    {
        if (trackedEvent.Type != EventType.Track)
        {
            return _byType[(int)trackedEvent.Type];
        }

        if (trackedEvent.Kind != EventKind.Other)
        {
            return _byKind[(int)trackedEvent.Kind];
        }

        return _byName.TryGet(trackedEvent.Text(trackedEvent.Name), out var schema) ? schema : null;
    }

    public RegisteredSchema? Find(SchemaSubject subject) => All.FirstOrDefault(schema => schema.Subject == subject);

    /// <summary>With one schema in place of its subject's.</summary>
    public SchemaSet With(RegisteredSchema schema) => new([.. All.Where(each => each.Subject != schema.Subject), schema]);

    public SchemaSet Without(SchemaSubject subject) => new([.. All.Where(each => each.Subject != subject)]);
}
