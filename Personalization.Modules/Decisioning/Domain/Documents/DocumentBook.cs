using System.Collections.Immutable;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Documents;

/// <summary>Something wrong with a document, and where.</summary>
/// <param name="Pointer">JSON pointer.</param>
/// <param name="Detail">What is wrong, and what would be right.</param>
internal sealed record DocumentFault(string Pointer, string Detail);

/// <summary>What became of a change.</summary>
/// <param name="State">After it; null when it was refused.</param>
/// <param name="Refusal">Why it was refused; null when its faults say so, or it was not.</param>
/// <param name="Faults">All that is wrong with the document.</param>
internal sealed record DocumentChange(DocumentState? State, DocumentRefusal? Refusal, IReadOnlyList<DocumentFault> Faults)
{
    public static DocumentChange Done(DocumentState state) => new(state, null, []);

    public static DocumentChange Refused(DocumentRefusal refusal) => new(null, refusal, []);
}

/// <summary>Why a change cannot be.</summary>
internal enum DocumentRefusal
{
    /// <summary>No such document or version.</summary>
    Unknown,

    /// <summary>There are as many as there may be, or as many that apply.</summary>
    TooMany,

    /// <summary>Somebody else was faster.</summary>
    Outdated,
}

/// <summary>
/// Documents of one kind: drafts become live when they are activated, an older version is activated to go back. What is live is compiled and
/// replaced whole, so a decision never sees half a change. Reads take no lock.
/// </summary>
/// <typeparam name="T">A compiled document.</typeparam>
internal sealed class DocumentBook<T>
    where T : class
{
    /// <summary>Documents, drafts and deleted ones included.</summary>
    public const int MaxDocuments = 2_000;

    /// <summary>Documents that apply at once.</summary>
    public const int MaxLive = 256;

    /// <summary>Versions of each that are kept, besides the live one.</summary>
    public const int MaxVersions = 50;

    private readonly Lock _writing = new();
    private readonly IDocumentStore _store;
    private readonly DocumentReader<T> _read;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, DocumentState> _states;
    private readonly SortedDictionary<string, T> _live = new(StringComparer.Ordinal);
    private volatile Box _current = new([]);

    /// <exception cref="InvalidDataException">What is stored cannot be read: a damaged file, or one of a later program.</exception>
    public DocumentBook(string kind, IDocumentStore store, DocumentReader<T> read, TimeProvider time)
    {
        (Kind, _store, _read, _time) = (kind, store, read, time);
        _states = store.List(kind).ToDictionary(state => state.Id, StringComparer.Ordinal);
        foreach (var state in _states.Values.Where(state => state.LiveVersion > 0))
        {
            _live[state.Id] = Compile(store.Find(kind, state.Id, state.LiveVersion));
        }

        Publish();
    }

    public string Kind { get; }

    /// <summary>What applies, in the order of ids. Another array after every change.</summary>
    public ImmutableArray<T> Live => _current.Of;

    /// <summary>All that is wrong with a document that nobody has put yet, and what it compiles to.</summary>
    public T? Try(string id, int version, JsonElement body, List<DocumentFault> faults) => _read(id, version, body, faults);

    /// <summary>A draft: the next version, which does not apply yet.</summary>
    /// <param name="id">A good one.</param>
    /// <param name="body">JSON.</param>
    /// <param name="actor">Who puts it.</param>
    /// <param name="after">The newest version that its author saw; null = whichever is there.</param>
    public DocumentChange Put(string id, JsonElement body, string actor, int? after)
    {
        var faults = new List<DocumentFault>();
        _read(id, 0, body, faults);
        if (faults.Count > 0)
        {
            return new DocumentChange(null, null, faults);
        }

        lock (_writing)
        {
            var before = _states.GetValueOrDefault(id);
            var newest = before?.NewestVersion ?? 0;
            if (after is { } seen && seen != newest)
            {
                return DocumentChange.Refused(DocumentRefusal.Outdated);
            }

            if (before is null && _states.Count >= MaxDocuments && !ForgetOldest())
            {
                return DocumentChange.Refused(DocumentRefusal.TooMany);
            }

            var state = new DocumentState(id, newest + 1, before?.LiveVersion ?? 0, IsDeleted: false, NowMs, actor);
            _store.Add(Kind, new StoredDocument(id, state.NewestVersion, NowMs, actor, JsonSerializer.SerializeToUtf8Bytes(body)), state, MaxVersions);
            _states[id] = state;
            return DocumentChange.Done(state);
        }
    }

    /// <summary>A version applies from now on. It is checked anew: what it names may be gone.</summary>
    /// <param name="id">Of the document.</param>
    /// <param name="version">0 = the newest.</param>
    /// <param name="actor">Who activates it.</param>
    public DocumentChange Activate(string id, int version, string actor)
    {
        lock (_writing)
        {
            if (!_states.TryGetValue(id, out var before) || before.IsDeleted
                || _store.Find(Kind, id, version == 0 ? before.NewestVersion : version) is not { } stored)
            {
                return DocumentChange.Refused(DocumentRefusal.Unknown);
            }

            if (!_live.ContainsKey(id) && _live.Count >= MaxLive)
            {
                return DocumentChange.Refused(DocumentRefusal.TooMany);
            }

            var faults = new List<DocumentFault>();
            var compiled = _read(id, stored.Version, JsonElement.Parse(stored.Body), faults);
            if (faults.Count > 0 || compiled is null)
            {
                return new DocumentChange(null, null, faults);
            }

            var state = Set(before with { LiveVersion = stored.Version, ChangedAtMs = NowMs, Actor = actor });
            _live[id] = compiled;
            Publish();
            return DocumentChange.Done(state);
        }
    }

    /// <summary>No version applies any more; they are kept.</summary>
    public DocumentChange Deactivate(string id, string actor, bool isDeleted)
    {
        lock (_writing)
        {
            if (!_states.TryGetValue(id, out var before) || before.IsDeleted)
            {
                return DocumentChange.Refused(DocumentRefusal.Unknown);
            }

            var state = Set(before with { LiveVersion = 0, IsDeleted = isDeleted, ChangedAtMs = NowMs, Actor = actor });
            _live.Remove(id);
            Publish();
            return DocumentChange.Done(state);
        }
    }

    /// <summary>Those that are not deleted, in the order of ids.</summary>
    public IReadOnlyList<DocumentState> List()
    {
        lock (_writing)
        {
            return [.. _states.Values.Where(state => !state.IsDeleted).OrderBy(state => state.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>Null when there is none, or it is deleted.</summary>
    public DocumentState? Find(string id)
    {
        lock (_writing)
        {
            return _states.GetValueOrDefault(id) is { IsDeleted: false } state ? state : null;
        }
    }

    public IReadOnlyList<StoredDocument> Versions(string id) => _store.Versions(Kind, id);

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private DocumentState Set(DocumentState state)
    {
        _store.Set(Kind, state);
        _states[state.Id] = state;
        return state;
    }

    private bool ForgetOldest()
    {
        if (_states.Values.Where(state => state.IsDeleted).MinBy(state => state.ChangedAtMs) is not { } oldest)
        {
            return false;
        }

        _store.Forget(Kind, oldest.Id);
        return _states.Remove(oldest.Id);
    }

    private void Publish() => _current = new Box([.. _live.Values]);

    /// <summary>A name that is unknown now was known when the document was activated, and may be again: it holds for nobody meanwhile.</summary>
    private T Compile(StoredDocument? stored)
    {
        var faults = new List<DocumentFault>();
        return stored is not null && _read(stored.Id, stored.Version, JsonElement.Parse(stored.Body), faults) is { } compiled
            ? compiled
            : throw new InvalidDataException($"A live {Kind} cannot be read: {stored?.Id ?? "its version is gone"} {faults.FirstOrDefault()?.Detail}");
    }

    private sealed record Box(ImmutableArray<T> Of);
}

/// <summary>Reads and compiles a document.</summary>
/// <typeparam name="T">A compiled document.</typeparam>
/// <param name="id">Its name.</param>
/// <param name="version">0 while it has none.</param>
/// <param name="body">Any JSON.</param>
/// <param name="faults">Gets all that is wrong.</param>
/// <returns>Null when it cannot be used at all.</returns>
internal delegate T? DocumentReader<out T>(string id, int version, JsonElement body, List<DocumentFault> faults)
    where T : class;
