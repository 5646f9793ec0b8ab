using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Reads by what else than its user id and anonymous id an event names its shopper, into the batch's identifiers: e-mail and phone among
/// traits, ids of the device, external ids of declared kinds.
/// </summary>
internal static class IdentifierReader
{
    /// <summary>At the name of a field of <c>context</c>; moves behind its value if it is one of ours.</summary>
    public static bool TryReadContext(ref BodyReader reader, ReadOnlySpan<byte> name)
    {
        if (reader.Identifiers is not { } vocabulary)
        {
            return false;
        }

        if (name.SequenceEqual("device"u8))
        {
            reader.Json.Read();
            ReadDevice(ref reader);
        }
        else if (name.SequenceEqual("externalIds"u8) || name.SequenceEqual("externalId"u8))
        {
            reader.Json.Read();
            ReadExternalIds(ref reader, vocabulary);
        }
        else if (vocabulary.ReadTraces && (name.SequenceEqual("ip"u8) || name.SequenceEqual("userAgent"u8)))
        {
            var kind = name.Length == 2 ? IdentifierKind.Network : IdentifierKind.Agent;
            reader.Json.Read();
            Add(ref reader, kind, reader.Text(), areOfCall: false);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>At the value of <c>traits</c>; moves behind it.</summary>
    public static void ReadTraits(ref BodyReader reader, bool areOfCall)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject || reader.Identifiers is not { } vocabulary)
        {
            reader.Skip();
            return;
        }

        var (email, phone) = (default(Utf8Slice), default(Utf8Slice));
        while (reader.NextProperty(out var name))
        {
            var isEmail = name.SequenceEqual("email"u8);
            var isPhone = !isEmail && name.SequenceEqual("phone"u8);
            var isAddress = vocabulary.ReadTraces && name.SequenceEqual("address"u8);
            reader.Json.Read();
            if (isEmail)
            {
                email = reader.Text();
            }
            else if (isPhone)
            {
                phone = reader.Text();
            }
            else if (isAddress)
            {
                ReadAddress(ref reader, areOfCall);
            }
            else
            {
                reader.Skip();
            }
        }

        Add(ref reader, IdentifierKind.Email, email, areOfCall);
        Add(ref reader, IdentifierKind.Phone, phone, areOfCall);
    }

    private static void ReadAddress(ref BodyReader reader, bool areOfCall)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        var (postalCode, street) = (default(Utf8Slice), default(Utf8Slice));
        while (reader.NextProperty(out var name))
        {
            var isPostalCode = name.SequenceEqual("postalCode"u8) || name.SequenceEqual("postal_code"u8) || name.SequenceEqual("zip"u8);
            var isStreet = name.SequenceEqual("street"u8);
            reader.Json.Read();
            if (isPostalCode)
            {
                postalCode = reader.Text();
            }
            else if (isStreet)
            {
                street = reader.Text();
            }
            else
            {
                reader.Skip();
            }
        }

        if (!postalCode.IsEmpty && !street.IsEmpty)
        {
            reader.Batch.AddIdentifier(new EventIdentifier { Kind = IdentifierKind.Address, Value = postalCode, More = street, IsOfCall = areOfCall });
        }
    }

    private static void ReadDevice(ref BodyReader reader)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        var (device, advertising) = (default(Utf8Slice), default(Utf8Slice));
        var mayTrack = true;
        while (reader.NextProperty(out var name))
        {
            var isDevice = name.SequenceEqual("id"u8);
            var isAdvertising = name.SequenceEqual("advertisingId"u8);
            var isSwitch = name.SequenceEqual("adTrackingEnabled"u8);
            reader.Json.Read();
            if (isDevice)
            {
                device = reader.Text();
            }
            else if (isAdvertising)
            {
                advertising = reader.Text();
            }
            else
            {
                mayTrack &= !isSwitch || reader.Json.TokenType != JsonTokenType.False;
                reader.Skip();
            }
        }

        Add(ref reader, IdentifierKind.DeviceId, device, areOfCall: false);
        if (mayTrack)
        {
            Add(ref reader, IdentifierKind.AdvertisingId, advertising, areOfCall: false);
        }
    }

    /// <summary><c>[{"type": "crm_id", "id": "4711"}]</c>: Segment's list has more fields, RudderStack's has these.</summary>
    private static void ReadExternalIds(ref BodyReader reader, IdentifierVocabulary vocabulary)
    {
        if (reader.Json.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Json.Read() && reader.Json.TokenType != JsonTokenType.EndArray)
        {
            if (reader.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadExternalId(ref reader, vocabulary);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadExternalId(ref BodyReader reader, IdentifierVocabulary vocabulary)
    {
        var (type, id) = (default(Utf8Slice), default(Utf8Slice));
        var isHashed = false;
        while (reader.NextProperty(out var name))
        {
            var isType = name.SequenceEqual("type"u8);
            var isId = name.SequenceEqual("id"u8);
            var isEncoding = name.SequenceEqual("encoding"u8);
            reader.Json.Read();
            if (isType)
            {
                type = reader.Text();
            }
            else if (isId)
            {
                id = reader.Text();
            }
            else if (isEncoding)
            {
                var encoding = reader.Batch.Text(reader.Text());
                isHashed = !encoding.IsEmpty && !encoding.SequenceEqual("none"u8);
            }
            else
            {
                reader.Skip();
            }
        }

        // What was hashed by somebody else is another value than what we hash ourselves: it would never meet its own person.
        if (!isHashed)
        {
            Add(ref reader, vocabulary.KindOf(reader.Batch.Text(type)), id, areOfCall: false);
        }
    }

    private static void Add(ref BodyReader reader, byte kind, Utf8Slice value, bool areOfCall)
    {
        if (kind != 0 && !value.IsEmpty)
        {
            reader.Batch.AddIdentifier(new EventIdentifier { Kind = kind, Value = value, IsOfCall = areOfCall });
        }
    }
}
