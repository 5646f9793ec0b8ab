using System.Text.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Schemas.Compatibility;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>
/// The schemas of events, by version. The newest version of an event applies to all of its events; a version is compatible with the one
/// before it, so whoever still sends the old form stays right. Thread-safe: readers take one snapshot, writers wait for one another.
/// </summary>
internal sealed class SchemaRegistry
{
    private readonly Lock _writing = new();
    private readonly ISchemaStore _store;
    private readonly SchemaOptions _options;
    private readonly SchemaLimits _limits;
    private readonly TimeProvider _time;
    private volatile SchemaSet _current;

    /// <summary>Reads and compiles what is kept; registers the starter set when that never happened.</summary>
    public SchemaRegistry(ISchemaStore store, SchemaOptions options, TimeProvider time)
    {
        _store = store;
        _options = options;
        _time = time;
        _limits = new SchemaLimits(options.MaxSchemaBytes, options.MaxSubschemas, OnlyLinearPatterns: true);
        if (options.StarterSet && !store.HasStarterSet())
        {
            var taken = store.Newest().Select(schema => schema.Event).ToHashSet(StringComparer.Ordinal);
            store.AddStarterSet(
                StarterSchemas.All().Where(starter => !taken.Contains(starter.Event))
                    .Select(starter => new StoredSchema(starter.Event, SchemaMode.Warn, 1, NowMs, starter.Body)),
                NowMs);
        }

        _current = new SchemaSet([.. store.Newest().Select(Restore)]);
    }

    /// <summary>What applies now.</summary>
    public SchemaSet Current => _current;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public IReadOnlyList<SchemaVersion> Versions(SchemaSubject subject) => _store.Versions(subject.Name);

    public (SchemaVersion Version, byte[] Body)? Version(SchemaSubject subject, int version) => _store.Version(subject.Name, version);

    /// <summary>The compiled form of any version; null when there is none.</summary>
    public JsonSchema? Compile(SchemaSubject subject, int version) =>
        _store.Version(subject.Name, version) is { } stored ? JsonSchema.Compile(stored.Body, limits: _limits).Schema : null;

    /// <summary>Adds a version, on disk when this returns, and applied to every event from then on.</summary>
    public Registration Register(SchemaSubject subject, byte[] body)
    {
        // Outside the lock: a large schema must not make others wait.
        var compiled = JsonSchema.Compile(body, limits: _limits);
        if (compiled.Schema is not { } schema)
        {
            return new Registration(RegistrationStatus.Invalid, null, compiled.Errors, []);
        }

        lock (_writing)
        {
            var before = _current.Find(subject);
            if (Refusal(before, body) is { } refusal)
            {
                return refusal;
            }

            var added = new RegisteredSchema(subject, before?.Mode ?? _options.DefaultMode, (before?.Version ?? 0) + 1, NowMs, body, schema);
            _store.Add(new StoredSchema(subject.Name, added.Mode, added.Version, added.RegisteredAtMs, body));
            _current = _current.With(added);
            return Registration.Of(RegistrationStatus.Registered, added);
        }
    }

    /// <returns>What applies now; null when the event has no schema.</returns>
    public RegisteredSchema? SetMode(SchemaSubject subject, SchemaMode mode)
    {
        lock (_writing)
        {
            if (_current.Find(subject) is not { } before)
            {
                return null;
            }

            var changed = before with { Mode = mode };
            _store.SetMode(subject.Name, mode);
            _current = _current.With(changed);
            return changed;
        }
    }

    /// <returns>Whether there was one.</returns>
    public bool Delete(SchemaSubject subject)
    {
        lock (_writing)
        {
            if (_current.Find(subject) is null)
            {
                return false;
            }

            _store.Delete(subject.Name);
            _current = _current.Without(subject);
            return true;
        }
    }

    /// <summary>Null when nothing speaks against a version.</summary>
    private Registration? Refusal(RegisteredSchema? before, byte[] body)
    {
        if (before is null)
        {
            return _current.All.Count >= _options.MaxEvents ? Registration.Of(RegistrationStatus.TooManyEvents) : null;
        }

        var (old, next) = (Read(before.Body), Read(body));
        if (JsonElement.DeepEquals(old, next))
        {
            return Registration.Of(RegistrationStatus.Unchanged, before);
        }

        if (before.Version >= _options.MaxVersions)
        {
            return Registration.Of(RegistrationStatus.TooManyVersions);
        }

        var breaches = SchemaCompatibility.Compare(old, next, _options.StrictCompatibility);
        return breaches.Count == 0 ? null : new Registration(RegistrationStatus.Incompatible, null, [], breaches);
    }

    private static JsonElement Read(byte[] body) => JsonElement.Parse(body, new JsonDocumentOptions { MaxDepth = SchemaLimits.Depth });

    private static RegisteredSchema Restore(StoredSchema stored)
    {
        // Limits that were lowered since don't unmake what was once registered.
        var compiled = JsonSchema.Compile(stored.Body, limits: SchemaLimits.Default with { Bytes = int.MaxValue, Subschemas = int.MaxValue });
        if (compiled.Schema is not { } schema || SchemaSubject.Parse(stored.Event) is not { } subject)
        {
            throw new InvalidDataException(
                $"Version {stored.Version} of the schema of '{stored.Event}' cannot be read back: {string.Join(' ', compiled.Errors)}");
        }

        return new RegisteredSchema(subject, stored.Mode, stored.Version, stored.RegisteredAtMs, stored.Body, schema);
    }
}
