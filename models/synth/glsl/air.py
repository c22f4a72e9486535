"""What all shaders share: sky, clouds, haze, sun shadow, and the curve from light to picture."""

VERSION = "#version 330\n"
LAMPS = 6

AIR = (
    f"const int LAMPS = {LAMPS};"
    """
uniform vec3 eye;
uniform vec3 sun_ray;
uniform vec3 sun_light;
uniform vec3 zenith;
uniform vec3 horizon_sunward;
uniform vec3 horizon_away;
uniform float cloud_share;
uniform vec2 cloud_drift;
uniform float haze_per_m;
uniform float exposure;
uniform sampler2D clouds;
uniform int lamp_count;
uniform vec4 lamp_at[LAMPS];  // place, and the cosine of half its beam
uniform vec3 lamp_way[LAMPS];
uniform vec3 lamp_light[LAMPS];

// What a lamp sends to a place, without the angle at which it falls there; `to_lamp` is set.
vec3 from_lamp(int i, vec3 world, out vec3 to_lamp) {
    vec3 off = lamp_at[i].xyz - world;
    float r = length(off);
    to_lamp = off / max(r, 1e-3);
    float along = dot(-to_lamp, lamp_way[i]);
    float beam = smoothstep(lamp_at[i].w - 0.12, 1.0, along) + 0.03 * max(along, 0.0);
    return lamp_light[i] * beam * exp(-haze_per_m * r) / (r * r + 1.0);
}

vec3 lamps_on(vec3 world, vec3 n, float wrap) {
    vec3 sum = vec3(0.0), l;
    for (int i = 0; i < lamp_count; i++) {
        vec3 light = from_lamp(i, world, l);
        sum += light * max((dot(n, l) + wrap) / (1.0 + wrap), 0.0);
    }
    return sum;
}

float sunward(vec3 ray) {
    vec2 flat_ray = ray.xy / max(length(ray.xy), 1e-4);
    vec2 flat_sun = sun_ray.xy / max(length(sun_ray.xy), 1e-4);
    return 0.5 + 0.5 * dot(flat_ray, flat_sun);
}

// Sky without clouds and disc: gradient, warm band over the horizon, glow round the sun.
vec3 clear_sky(vec3 ray) {
    float up = clamp(ray.z, 0.0, 1.0);
    vec3 low = mix(horizon_away, horizon_sunward, pow(sunward(ray), 2.6));
    vec3 sky = mix(low, zenith, 1.0 - exp(-4.2 * up));
    float near_sun = max(dot(ray, sun_ray), 0.0);
    return sky + sun_light * (0.02 * pow(near_sun, 6.0) + 0.06 * pow(near_sun, 40.0));
}

vec3 whole_sky(vec3 ray) {
    vec3 sky = clear_sky(ray);
    float up = max(ray.z, 0.0);
    vec2 at = ray.xy / (up + 0.11) * 0.085 + cloud_drift;
    float thick = texture(clouds, at).r;
    float toward = texture(clouds, at - normalize(sun_ray.xy + 1e-4) * 0.018).r;
    float wisps = texture(clouds, at * 3.1 + 0.37).r;
    float body = thick * 0.78 + wisps * 0.30;
    float cover = smoothstep(1.02 - cloud_share, 1.34 - cloud_share, body + 0.1);
    float lit = clamp(0.55 + (thick - toward) * 3.2, 0.0, 1.0);
    vec3 shade = mix(horizon_away, zenith, 0.35) * 0.82;
    vec3 bright = shade * 0.7 + sun_light * (0.075 + 0.06 * pow(sunward(ray), 3.0)) + horizon_sunward * 0.28;
    vec3 cloud = mix(shade, bright, lit);
    float fade = smoothstep(0.0, 0.10, up);
    float silver = pow(max(dot(ray, sun_ray), 0.0), 30.0);
    sky = mix(sky, cloud + sun_light * 0.14 * silver * (1.0 - cover), cover * (0.35 + 0.6 * fade));
    float disc = smoothstep(0.99988, 0.99996, dot(ray, sun_ray));
    return sky + sun_light * 8.0 * disc * (1.0 - 0.9 * cover);
}

vec3 through_air(vec3 light, vec3 ray, float distance_m) {
    float kept = exp(-haze_per_m * distance_m);
    float toward = sunward(ray);
    vec3 air = mix(horizon_away, horizon_sunward, toward * toward * sqrt(toward));
    return mix(air, light, kept);
}

// Filmic curve after Hable's published operator, then sRGB.
vec3 curve(vec3 x) {
    return ((x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.50) + 0.06)) - 0.0666667;
}

vec3 picture(vec3 light) {
    vec3 shown = curve(light * exposure * 3.4) / curve(vec3(11.2));
    return pow(clamp(shown, 0.0, 1.0), vec3(1.0 / 2.2));
}
"""
)

SHADE = """
uniform sampler2DShadow shadow_map;
uniform mat4 shadow_view;

float in_sun(vec3 world, float bias) {
    vec3 at = (shadow_view * vec4(world, 1.0)).xyz * 0.5 + 0.5;
    if (any(lessThan(at, vec3(0.0))) || any(greaterThan(at, vec3(1.0)))) return 1.0;
    vec2 step_size = 1.0 / vec2(textureSize(shadow_map, 0));
    float sum = 0.0;
    sum += texture(shadow_map, vec3(at.xy + 0.6 * step_size, at.z - bias));
    sum += texture(shadow_map, vec3(at.xy - 0.6 * step_size, at.z - bias));
    return sum * 0.5;
}
"""

SKY_VERTEX = (
    VERSION
    + """
in vec2 in_corner;
uniform mat4 unproject;
out vec3 ray;
void main() {
    vec4 far = unproject * vec4(in_corner, 1.0, 1.0);
    ray = far.xyz / far.w;
    gl_Position = vec4(in_corner, 0.9999999, 1.0);
}
"""
)

SKY_FRAGMENT = (
    VERSION
    + AIR
    + """
in vec3 ray;
out vec4 colour;
void main() {
    vec3 toward = normalize(ray - eye);
    colour = vec4(picture(whole_sky(toward)), 0.0);
}
"""
)
