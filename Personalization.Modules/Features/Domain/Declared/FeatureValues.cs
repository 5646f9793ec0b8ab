using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.Declared;

/// <summary>Values of built-in and declared features, of profiles and of items. Memory only; any thread; allocates nothing.</summary>
internal sealed class FeatureValues(
    FeatureRegistry registry, FeatureStates states, IProfileFeatures profiles, FeatureRules rules, IValueTexts texts) : IFeatureValues
{
    [ThreadStatic]
    private static byte[]? _room;

    [ThreadStatic]
    private static ProfileView? _view;

    public int Find(ReadOnlySpan<char> name)
    {
        if (BuiltInFeatures.Find(name) is var builtIn and >= 0)
        {
            return builtIn;
        }

        var current = registry.Current;
        var number = current.Find(name);
        return number >= 0 && current.Live[number]?.Definition.Key == FeatureKey.Profile ? BuiltInFeatures.Count + number : -1;
    }

    public Scalar Read(int feature, int profileId, long nowMs, out long nextChangeMs)
    {
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        return Read(feature, profileId, nowMs, text, out nextChangeMs);
    }

    public Scalar Read(int feature, int profileId, long nowMs, Span<byte> text, out long nextChangeMs)
    {
        nextChangeMs = long.MaxValue;
        if (feature < BuiltInFeatures.Count)
        {
            var view = View(profileId);
            var at = TimeOf(view, nowMs);
            return BuiltInFeatures.Read(feature, view, in at, out nextChangeMs);
        }

        var live = registry.Current.Live;
        return feature - BuiltInFeatures.Count is var number && number < live.Length && live[number] is { } version
            ? Read(version, profileId, nowMs, text, out nextChangeMs)
            : default;
    }

    /// <summary>The value of one version, live or not, for a profile or item by its kind of key.</summary>
    public Scalar Read(FeatureVersion version, int key, long nowMs, Span<byte> text, out long nextChangeMs)
    {
        if (version.Definition.RatioOf is var (over, under))
        {
            return ReadRatio(over, under, key, nowMs, out nextChangeMs);
        }

        var at = ReadTimeOf(version, key, nowMs);
        Span<byte> encoded = stackalloc byte[EncodedValue.MaxBytes];
        var value = version.Aggregate!.Read(StateOf(version, key), in at, encoded, out var length, out nextChangeMs);
        return length == 0 ? value : EncodedValue.ToScalar(encoded[..length], texts, text);
    }

    /// <summary>The state of one key, copied to room of this thread: valid until the next read on it.</summary>
    public ReadOnlySpan<byte> StateOf(FeatureVersion version, int key)
    {
        var room = _room ??= new byte[FeatureStates.MaxStateBytes];
        return room.AsSpan(0, Math.Max(0, states.Copy(version, key, room)));
    }

    /// <summary>When a version is read for a key: with the profile's session, where that matters.</summary>
    public ReadTime ReadTimeOf(FeatureVersion version, int key, long nowMs) =>
        version.Definition.Window.Kind == WindowKind.Session ? TimeOf(View(key), nowMs) : new ReadTime(nowMs);

    private Scalar ReadRatio(string over, string under, int key, long nowMs, out long nextChangeMs)
    {
        var above = ReadPart(over, key, nowMs, out var aboveChangesMs);
        var below = ReadPart(under, key, nowMs, out var belowChangesMs);
        nextChangeMs = Math.Min(aboveChangesMs, belowChangesMs);
        return above.Kind == ScalarKind.Number && below.Kind == ScalarKind.Number ? Scalar.Of(above.AsNumber / below.AsNumber) : default;
    }

    private Scalar ReadPart(string id, int key, long nowMs, out long nextChangeMs)
    {
        var current = registry.Current;
        nextChangeMs = long.MaxValue;
        if (current.Find(id) is not (var number and >= 0) || current.Live[number] is not { Aggregate: not null } version)
        {
            return default;
        }

        return Read(version, key, nowMs, [], out nextChangeMs);
    }

    private ProfileView View(int profileId)
    {
        var view = _view ??= new ProfileView();
        profiles.TryRead(profileId, view);
        return view;
    }

    private ReadTime TimeOf(ProfileView view, long nowMs)
    {
        var endsAtMs = view.LastEventMs + rules.SessionGapMs;
        return view.SessionNumber != 0 && nowMs < endsAtMs ? new ReadTime(nowMs, view.SessionNumber, endsAtMs) : new ReadTime(nowMs);
    }
}
