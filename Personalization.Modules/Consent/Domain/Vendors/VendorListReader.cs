using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Personalization.Consent.Domain.Tcf;
using Personalization.Kernel.Time;

namespace Personalization.Consent.Domain.Vendors;

/// <summary>Reads the JSON of a global vendor list. What we do not use of it (names, addresses, retention) is passed over.</summary>
internal static class VendorListReader
{
    private const int SpecificationVersion = 3;
    private const int MaxPurpose = 63;

    /// <summary>The list, or why it is none. Never half a list: a vendor that cannot be read refuses all of it.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="list">Null with an error.</param>
    /// <param name="error">What is wrong, in words, without content of the document.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out VendorList? list, [NotNullWhen(false)] out string? error)
    {
        list = null;
        error = null;
        try
        {
            var document = new Document();
            var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
            document.Read(ref reader);
            error = document.Check();
            if (error is not null)
            {
                return false;
            }

            list = new VendorList(document.Version, document.PolicyVersion, document.LastUpdatedMs, document.Vendors.Values);
            return true;
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            error = $"it is no vendor list ({problem.GetType().Name})";
            return false;
        }
    }

    /// <summary>What was met so far.</summary>
    private sealed class Document
    {
        private int _specification;

        public int Version { get; private set; }

        public int PolicyVersion { get; private set; }

        public long LastUpdatedMs { get; private set; }

        public Dictionary<int, Vendor> Vendors { get; } = [];

        public void Read(ref Utf8JsonReader reader)
        {
            reader.Read();
            Expect(reader, JsonTokenType.StartObject);
            while (NextProperty(ref reader))
            {
                if (TakeNumber(ref reader, "gvlSpecificationVersion"u8, out var number))
                {
                    _specification = number;
                }
                else if (TakeNumber(ref reader, "vendorListVersion"u8, out number))
                {
                    Version = number;
                }
                else if (TakeNumber(ref reader, "tcfPolicyVersion"u8, out number))
                {
                    PolicyVersion = number;
                }
                else if (reader.ValueTextEquals("lastUpdated"u8))
                {
                    reader.Read();
                    LastUpdatedMs = Time(ref reader);
                }
                else if (reader.ValueTextEquals("vendors"u8))
                {
                    reader.Read();
                    ReadVendors(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            while (reader.Read())
            {
                // To the end: whatever follows the object makes the reader throw.
            }
        }

        public string? Check() => this switch
        {
            { _specification: not SpecificationVersion } => $"its specification version is {_specification}, not {SpecificationVersion}",
            { Version: < 1 } => "it has no version",
            { Vendors.Count: 0 } => "it has no vendors",
            _ => null,
        };

        private void ReadVendors(ref Utf8JsonReader reader)
        {
            Expect(reader, JsonTokenType.StartObject);
            while (NextProperty(ref reader))
            {
                reader.Read();
                var vendor = ReadVendor(ref reader);
                if (vendor.Id is < 1 or > VendorList.MaxVendorId || !Vendors.TryAdd(vendor.Id, vendor))
                {
                    throw new FormatException("A vendor without a number of its own");
                }
            }
        }

        private static Vendor ReadVendor(ref Utf8JsonReader reader)
        {
            Expect(reader, JsonTokenType.StartObject);
            var vendor = new Vendor { DeletedAtMs = long.MaxValue };
            while (NextProperty(ref reader))
            {
                if (TakeNumber(ref reader, "id"u8, out var id))
                {
                    vendor = vendor with { Id = id };
                }
                else if (TakeSet(ref reader, "purposes"u8, out var set))
                {
                    vendor = vendor with { Consent = set };
                }
                else if (TakeSet(ref reader, "legIntPurposes"u8, out set))
                {
                    vendor = vendor with { Interest = set };
                }
                else if (TakeSet(ref reader, "flexiblePurposes"u8, out set))
                {
                    vendor = vendor with { Flexible = set };
                }
                else if (TakeSet(ref reader, "specialPurposes"u8, out set))
                {
                    vendor = vendor with { SpecialPurposes = set };
                }
                else if (TakeSet(ref reader, "specialFeatures"u8, out set))
                {
                    vendor = vendor with { SpecialFeatures = set };
                }
                else if (reader.ValueTextEquals("deletedDate"u8))
                {
                    reader.Read();
                    vendor = reader.TokenType == JsonTokenType.Null ? vendor : vendor with { DeletedAtMs = Time(ref reader) };
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            return vendor;
        }

        private static bool TakeNumber(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, out int number)
        {
            number = 0;
            if (!reader.ValueTextEquals(name))
            {
                return false;
            }

            reader.Read();
            number = reader.GetInt32();
            return true;
        }

        private static bool TakeSet(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, out PurposeSet set)
        {
            set = default;
            if (!reader.ValueTextEquals(name))
            {
                return false;
            }

            reader.Read();
            Expect(reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var number = reader.GetInt32();
                if (number is < 1 or > MaxPurpose)
                {
                    throw new FormatException("A number of a purpose beyond 63");
                }

                set = new PurposeSet(set.Word | (1UL << number));
            }

            return true;
        }

        private static long Time(ref Utf8JsonReader reader)
        {
            Expect(reader, JsonTokenType.String);
            return UnixTime.TryParse(reader.ValueSpan, out var unixMs) ? unixMs : throw new FormatException("A time that is none");
        }

        private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

        private static void Expect(Utf8JsonReader reader, JsonTokenType type)
        {
            if (reader.TokenType != type)
            {
                throw new FormatException($"{type} expected");
            }
        }
    }
}
