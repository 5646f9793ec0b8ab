using System.Text;
using Microsoft.AspNetCore.Http;
using Personalization.Features;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Expiry;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Features.History;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.Traits;

/// <summary>Traits with their step and stage, and calls as the parser leaves them.</summary>
internal sealed class TraitWorld
{
    private const ushort ImportSource = 7;
    private readonly TraitOptions _options;
    private readonly ResolveTraitsStep _step;
    private readonly KeepTraitsStage _stage;

    public TraitWorld(TraitOptions? options = null, MemoryBudget? memory = null, ProfileExpiry? expiry = null)
    {
        _options = options ?? new TraitOptions();
        var rules = new TraitRules(_options);
        Names = new TraitNames(FeatureWorld.Hasher, _options);
        Traits = new ProfileTraits(Names, rules, memory, expiry);
        var import = new TraitImport(new OneSource(), Names);
        _step = new ResolveTraitsStep(Names, rules, import);
        _stage = new KeepTraitsStage(Traits, import);
    }

    public TraitNames Names { get; }

    public ProfileTraits Traits { get; }

    public long NextOffset { get; set; }

    public void Identify(string traits, long? timeMs = null, int profileId = 1) => Send(EventType.Identify, traits, "", timeMs, profileId: profileId);

    public void Import(string traits, string source, string licence, long expiresAtMs, long? timeMs = null) => Send(
        EventType.Identify, traits, "", timeMs, $$$"""{"thirdParty":{"source":"{{{source}}}","licence":"{{{licence}}}","expiresAtMs":{{{expiresAtMs}}}}}""", ImportSource);

    public void Send(
        EventType type, string payload, string contextTraits, long? timeMs = null, string context = "", ushort source = 1, int profileId = 1) =>
        Apply(Call(type, payload, contextTraits, timeMs, context, source, profileId));

    public TrackedEvent Call(
        EventType type, string payload, string contextTraits = "", long? timeMs = null, string context = "", ushort source = 1, int profileId = 1)
    {
        var sent = new EventBatch(_ => { }) { SourceId = source }.AddEvent();
        sent.Type = type;
        sent.Payload = Put(sent.Batch, payload);
        sent.Context = Put(sent.Batch, context);
        sent.ContextTraits = Put(sent.Batch, contextTraits);
        sent.Offset = NextOffset++;
        sent.TimestampMs = timeMs ?? HistoryWorld.Start;
        sent.ProfileId = profileId;
        sent.MayProfile = true;
        return sent;
    }

    public void Apply(TrackedEvent sent)
    {
        _step.Resolve(sent);
        _stage.Apply(sent);
    }

    /// <summary>The traits of profile 1 as <c>name=value</c>.</summary>
    public string[] Read()
    {
        var set = new TraitSet();
        Traits.TryRead(1, set);
        return [.. set.All.ToArray().Select(trait => $"{Names[trait.Key]}={trait.Value.ToString(set.Text)}")];
    }

    public TraitWorld Restarted(MemoryBudget? memory = null)
    {
        var rows = new CheckpointRows();
        var other = new TraitWorld(_options, memory) { NextOffset = NextOffset };
        foreach (var (state, copy) in new (ICheckpointed, ICheckpointed)[] { (Names, other.Names), (Traits, other.Traits) })
        {
            rows.Take(state);
            rows.GiveTo(copy);
        }

        return other;
    }

    private static Utf8Slice Put(EventBatch batch, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        batch.EnsureBuffer(batch.BufferLength + bytes.Length + 1);
        bytes.CopyTo(batch.Buffer.AsSpan(batch.BufferLength));
        var slice = new Utf8Slice(batch.BufferLength, bytes.Length);
        batch.BufferLength += bytes.Length;
        return slice;
    }

    private sealed class OneSource : ISourceDirectory
    {
        public Source? Authenticate(HttpContext context) => null;

        public Source? AuthenticateByHeader(HttpContext context) => null;

        public Source? Find(ReadOnlySpan<byte> writeKeyUtf8) => null;

        public Source? FindApp(string appId) => null;

        public Source Named(string name) => new(ImportSource, name);
    }
}
