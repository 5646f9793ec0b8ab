using FluentValidation;
using Microsoft.Extensions.Options;

namespace Personalization.Tracking;

/// <summary>The rules on sources that attributes cannot say. Runs beside the attributes' own, so that all errors are seen at once.</summary>
internal sealed class TrackingOptionsValidator : AbstractValidator<TrackingOptions>, IValidateOptions<TrackingOptions>
{
    public TrackingOptionsValidator()
    {
        RuleFor(options => options.Sources).NotEmpty().WithMessage(
            "Personalization:Tracking:Sources is empty: no event could come in. Add one to appsettings.json, for example " +
            "\"Sources\": [ { \"Name\": \"web-shop\", \"WriteKey\": \"any-public-text\" } ], or set the environment variables " +
            "Personalization__Tracking__Sources__0__Name and Personalization__Tracking__Sources__0__WriteKey.");
        RuleForEach(options => options.Sources).ChildRules(source =>
        {
            source.RuleFor(value => value.Name).NotEmpty().MaximumLength(128)
                .Must(name => name is null || !SourceOptions.IsReserved(name)).WithMessage("Must not begin with '$': such sources are ours.");
            source.RuleFor(value => value.WriteKey).NotEmpty().MaximumLength(SourceOptions.MaxWriteKeyLength)
                .Matches("^[^\\s:]*$").WithMessage("A write key has no spaces and no colon: HTTP Basic could not carry it.");
            source.RuleForEach(value => value.FormerWriteKeys).NotEmpty().MaximumLength(SourceOptions.MaxWriteKeyLength);
        });
        RuleFor(options => options.Sources)
            .Must(sources => AreUnique(sources.SelectMany(source => source.FormerWriteKeys.Append(source.WriteKey))))
            .When(options => options.Sources.Any(source => source.FormerWriteKeys.Count > 0))
            .WithMessage("Personalization:Tracking:Sources has a former write key that is another key too.");
        RuleFor(options => options.Sources).Must(sources => AreUnique(sources.Select(source => source.Name)))
            .WithMessage("Personalization:Tracking:Sources has a name twice.");
        RuleFor(options => options.Sources).Must(sources => AreUnique(sources.Select(source => source.WriteKey)))
            .WithMessage("Personalization:Tracking:Sources has a write key twice.");
        RuleForEach(options => options.Sources).ChildRules(source =>
            source.RuleForEach(value => value.AppIds).NotEmpty().MaximumLength(SourceOptions.MaxWriteKeyLength));
        RuleFor(options => options.Sources).Must(sources => AreUnique(sources.SelectMany(source => source.AppIds)))
            .WithMessage("Personalization:Tracking:Sources has an app id twice.");
    }

    public ValidateOptionsResult Validate(string? name, TrackingOptions options)
    {
        var result = Validate(options);
        return result.IsValid
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(result.Errors.Select(error => $"{error.PropertyName}: {error.ErrorMessage}"));
    }

    private static bool AreUnique(IEnumerable<string> values)
    {
        var seen = new HashSet<string>();
        return values.All(seen.Add);
    }
}
