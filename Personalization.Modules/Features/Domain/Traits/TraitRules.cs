using Personalization.Kernel.Json;

namespace Personalization.Features.Domain.Traits;

/// <summary>Which traits are kept. Data minimisation: what tells who somebody is stays out unless the shop asks for it by name.</summary>
internal sealed class TraitRules(TraitOptions options)
{
    private static readonly NameTable<bool> Identifying = Table(
    [
        "email", "email_address", "mail", "phone", "phone_number", "telephone", "mobile", "mobile_number", "fax",
        "name", "full_name", "first_name", "last_name", "given_name", "family_name", "middle_name", "maiden_name", "surname", "username", "user_name", "nickname", "login",
        "address", "street", "street_address", "postal_code", "postcode", "zip", "zip_code", "latitude", "longitude", "lat", "lng", "geo",
        "birthday", "birth_date", "date_of_birth", "dob", "avatar", "picture", "photo", "image",
        "description", "bio", "website", "ip", "ip_address", "id", "user_id", "anonymous_id", "customer_id",
        "password", "token", "secret", "ssn", "social_security_number", "tax_id", "vat_id", "passport", "passport_number", "national_id", "iban", "card_number", "credit_card",
        "device_id", "advertising_id", "idfa", "gaid", "external_id", "external_ids",
    ]);

    private readonly NameTable<bool> _kept = Table(options.Keep);

    /// <summary>What decides besides the code.</summary>
    public IEnumerable<string> Settings => options.Keep;

    /// <summary>Whether a name tells who somebody is: of an object of that name, as an address, all within does.</summary>
    public static bool IsIdentifying(ReadOnlySpan<byte> name) => Identifying.TryGet(name, out _);

    /// <summary>Whether the shop asks for a path nevertheless.</summary>
    public bool IsAskedFor(ReadOnlySpan<byte> path) => _kept.TryGet(path, out _);

    private static NameTable<bool> Table(IEnumerable<string> names) => new(names.Select(name => KeyValuePair.Create(name, true)));
}
