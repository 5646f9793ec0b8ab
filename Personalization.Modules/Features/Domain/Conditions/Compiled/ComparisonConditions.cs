using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel.Json;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// A trait of the profile. A name that nobody has sent yet is looked up anew until somebody does: until then nobody has the trait, so
/// whoever asks earlier or later gets the same answer.
/// </summary>
internal sealed class TraitCondition(Comparison source, ITraitReader traits, ValueTest test) : LeafCondition(source)
{
    private int _key = -1;

    public override int Cost => 15;

    public override bool Holds(ProfileSnapshot profile)
    {
        var value = Find(profile);
        return test.Holds(profile, value.Kind, value.AsNumber, value.Kind == ScalarKind.Text ? value.TextIn(profile.Traits.Text) : default);
    }

    public override Effect EffectOf(Arrival arrival) => arrival.SaysTraits ? Effect.Any : Effect.None;

    public override bool MayTurnByLoss(bool held) => false;

    public override void Touch(Touches touches) => touches.Traits.Add(source.Name);

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        var value = Find(profile);
        evidence.Value = value.Kind == ScalarKind.None ? null : value.ToString(profile.Traits.Text);
    }

    private Scalar Find(ProfileSnapshot profile)
    {
        if (_key < 0)
        {
            _key = traits.Find(source.Name);
        }

        if (_key < 0 || !profile.Traits.TryGet(_key, profile.NowMs, out var trait))
        {
            return default;
        }

        profile.ChangesAt(trait.ExpiresAtMs);
        return trait.Value;
    }
}

/// <summary>A feature of the profile. One that is not live is looked up anew, as a trait is.</summary>
internal sealed class FeatureCondition(Comparison source, ValueTest test) : LeafCondition(source)
{
    private int _feature = -1;

    public override int Cost => 40;

    public override bool Holds(ProfileSnapshot profile)
    {
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        var value = Read(profile, text);
        return test.Holds(profile, value.Kind, value.AsNumber, value.Kind == ScalarKind.Text ? value.TextIn(text) : default);
    }

    public override void Touch(Touches touches) => touches.Features.Add(source.Name);

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        var value = Read(profile, text);
        evidence.Value = value.Kind == ScalarKind.None ? null : value.ToString(text);
    }

    private Scalar Read(ProfileSnapshot profile, Span<byte> text)
    {
        if (_feature < 0)
        {
            _feature = profile.Features.Find(source.Name);
        }

        if (_feature < 0)
        {
            return default;
        }

        var value = profile.Features.Read(_feature, profile.ProfileId, profile.NowMs, text, out var nextChangeMs);
        profile.ChangesAt(nextChangeMs);
        return value;
    }
}

/// <summary>Context: of the request when there is one, else of the latest event.</summary>
/// <param name="source">As it was written.</param>
/// <param name="key">Number of the kept property; -1 when it is not kept.</param>
/// <param name="test">What is asked.</param>
internal sealed class ContextCondition(Comparison source, int key, ValueTest test) : LeafCondition(source)
{
    /// <summary>Bytes of a text of a request that are looked at.</summary>
    private const int MaxText = 1_024;

    private readonly byte[][] _path = [.. source.Name.Split('.').Select(Encoding.UTF8.GetBytes)];

    public override int Cost => 30;

    public override bool Holds(ProfileSnapshot profile)
    {
        if (profile.Request.ValueKind != JsonValueKind.Undefined)
        {
            return HoldsOfRequest(profile);
        }

        var value = OfLatestEvent(profile);
        return test.Holds(profile, value.Kind, value.AsNumber, value.Kind == ScalarKind.Text ? value.TextIn(profile.Facts.Text) : default);
    }

    public override void Touch(Touches touches) => touches.AnyEvent = touches.Request = true;

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        if (profile.Request.ValueKind != JsonValueKind.Undefined)
        {
            evidence.Value = Find(profile.Request) is { ValueKind: not JsonValueKind.Undefined } found ? found.GetRawText() : null;
            return;
        }

        var value = OfLatestEvent(profile);
        evidence.Value = value.Kind == ScalarKind.None ? null : value.ToString(profile.Facts.Text);
        if (!profile.Facts.Events.IsEmpty)
        {
            evidence.AddOlder(profile.Facts.Events[^1].Offset);
        }
    }

    private Scalar OfLatestEvent(ProfileSnapshot profile)
    {
        var facts = profile.Facts;
        return key < 0 || facts.Events.IsEmpty ? default : facts.ValueOf(in facts.Events[^1], key);
    }

    private bool HoldsOfRequest(ProfileSnapshot profile)
    {
        var value = Find(profile.Request);
        switch (value.ValueKind)
        {
            case JsonValueKind.True:
                return test.Holds(profile, ScalarKind.True, 0, default);
            case JsonValueKind.False:
                return test.Holds(profile, ScalarKind.False, 0, default);
            case JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number):
                return test.Holds(profile, ScalarKind.Number, number, default);
            case JsonValueKind.String:
                var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
                Span<byte> text = stackalloc byte[MaxText];
                return raw.Length <= MaxText
                    ? test.Holds(profile, ScalarKind.Text, 0, text[..JsonText.Unescape(raw, text, out _)])
                    : test.Holds(profile, ScalarKind.None, 0, default);
            default:
                return test.Holds(profile, ScalarKind.None, 0, default);
        }
    }

    private JsonElement Find(JsonElement at)
    {
        foreach (var name in _path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return default;
            }
        }

        return at;
    }
}
